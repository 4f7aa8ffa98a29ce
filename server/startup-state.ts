/** How far the server has come; routes that need the catalogue answer 503 until it is `ready`. */
export interface Startup {
  state: 'starting' | 'ready' | 'stopping';
  /** What it is doing or waiting for, for `/health/ready` and the explorer. */
  step: string;
  /** Called when somebody is told to come again: what could be done later as well is. */
  onTurnedAway?: (() => void) | undefined;
  /** What the database said, where that is what keeps it: for operators alone. */
  reason?: string | undefined;
  /** Why nothing is written to the database, so that refreshes, keys and pyramids stay as they are. */
  unwritable?: string | undefined;
  /** True while another process takes over: connections are asked to close, and nothing is refused. */
  draining?: boolean;
}
