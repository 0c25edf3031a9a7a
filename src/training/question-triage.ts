/** What the text of a proposal alone decides, before any vote: malformed, not self-contained, or seen before. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type TriageVerdict, triageProposals } from "../rzero/difficulty-gate.ts";
import { NearDuplicates } from "../rzero/near-duplicates.ts";
import { refusedText } from "../rzero/question-gate.ts";
import type { IterationWork } from "./iteration-work.ts";
import { rememberedRepetition } from "./question-memory.ts";

/** Questions judged between two turns of the event loop. */
const PIECE = 32;

/** One verdict per proposal, in order; null is a completion that held no question. */
export async function triage(
  work: Pick<IterationWork, "environment" | "run" | "domain">,
  proposals: readonly (string | null)[],
): Promise<readonly TriageVerdict[]> {
  const { run, domain, environment } = work;
  const { dropDuplicates, gate } = run.config.pool;
  const verdicts = triageProposals(proposals, { dropDuplicates });
  if (!gate.selfContained && gate.nearDuplicate === null) return verdicts;
  const batch = gate.nearDuplicate === null ? null : new NearDuplicates(gate.nearDuplicate);
  const judged: TriageVerdict[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    if (index % PIECE === PIECE - 1) await nextTurn();
    const question = proposals[index]!;
    judged.push(verdict.state === "proposed" ? judge(question) : verdict);
  }
  return judged;

  function judge(question: string): TriageVerdict {
    const refused = refusedText(question, gate);
    if (refused !== null) return { state: "malformed", reason: refused };
    if (batch === null || gate.nearDuplicate === null) return { state: "proposed", reason: "" };
    const words = domain.words(question);
    if (batch.repeats(words)) return { state: "duplicate", reason: "nearly the same question was proposed before" };
    const repeats =
      gate.acrossIterations &&
      rememberedRepetition(environment.curriculum.memory, run.id, domain, words, gate.nearDuplicate);
    return repeats
      ? { state: "duplicate", reason: "nearly the same question was proposed in an earlier iteration" }
      : { state: "proposed", reason: "" };
  }
}
