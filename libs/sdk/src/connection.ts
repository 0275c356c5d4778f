/** What transfers need to know of the link to the frontend. */
export interface Connection {
  /**
   * Grows whenever the frontend was found again and knows the user. What is tied to a run of the
   * frontend, such as an open upload, must be reopened when it has grown.
   */
  readonly generation: number;
  /** When that was last, on monotonic time. */
  readonly readyAtMs: number;
  readonly ready: boolean;
  /**
   * Resolves once the frontend is there and knows the user. Rejects when `signal` aborts, when the
   * login is refused, and when the client is closed.
   */
  whenReady(signal?: AbortSignal): Promise<void>;
}
