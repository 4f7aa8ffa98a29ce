export interface Alert {
  readonly rule: string;
  readonly severity: string;
  /** How many events there were within the window. */
  readonly count: number;
  readonly windowSeconds: number;
  readonly at: string;
}
