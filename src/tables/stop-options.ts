/** How a guest is to end. */
export interface StopOptions {
  /** Whether its root file system goes as well. */
  readonly discard: boolean;
  /** As when the power goes. */
  readonly abrupt?: boolean;
}
