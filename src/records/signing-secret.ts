/** What messages and batches to somebody's URL are signed with. Type only. */
export interface SigningSecret {
  readonly secret: string;
  /** From then on it signs no more; null for the current one. */
  readonly expiresAt: string | null;
}
