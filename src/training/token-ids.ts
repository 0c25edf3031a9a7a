/** Token ids somebody else made up. */
import type { ModelInfo } from "../policy/policy.ts";

/** The first id the model has no token for; null where it knows them all. */
export function unknownToken(
  tokenIds: readonly number[],
  { vocabularySize }: Pick<ModelInfo, "vocabularySize">,
): { readonly tokenId: number; readonly message: string } | null {
  const tokenId = tokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (tokenId === undefined) return null;
  return { tokenId, message: `token ${tokenId} is not in the vocabulary of ${vocabularySize}` };
}
