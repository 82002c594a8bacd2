/** Where the contracts of one deployment are: the `addresses` of its address book, which may name more. */
export type Deployment = {
  /** The stake token. */
  token: string;
  /** StakeVault. */
  vault: string;
  /** OperatorRegistry. */
  operators: string;
  /** ModelRegistry. */
  models: string;
  /** AttestationRegistry. */
  attestations: string;
  /** SlashingRegistry. */
  slashing: string;
  /** Court. */
  court: string;
  /** DisputeManager. */
  disputes: string;
  /** ReplayGame. */
  replay: string;
};
