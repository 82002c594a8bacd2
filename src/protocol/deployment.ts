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

/** The same of something for each contract of a deployment, for example what checks its address. */
export function perContract<T>(value: T): Record<keyof Deployment, T> {
  return {
    token: value,
    vault: value,
    operators: value,
    models: value,
    attestations: value,
    slashing: value,
    court: value,
    disputes: value,
    replay: value,
  };
}
