import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { OperatorStatus } from "../protocol/operators.ts";

export type ReadOperatorParameters = { operator: string };

/** What is known of an operator now. Amounts in the stake token's smallest unit, times in Unix seconds. */
export type OperatorState = {
  status: OperatorStatus;
  /** Beginning of its latest jail; 0: never jailed. */
  jailedFrom: number;
  /** End of it, exclusive; `OPEN_ENDED`: a day after its bond is restored. */
  jailedUntil: number;
  /** 0: not retired. */
  retiredAt: number;
  /** 0: not tombstoned. */
  tombstonedAt: number;
  /** The standing bond that is locked. */
  bond: bigint;
  /** What its answers may lock now. */
  exposureCap: bigint;
  /** What a new receipt could lock now, out of stake and exposure cap. */
  lockable: bigint;
};

/**
 * Reads an operator; one that never registered has status `None`.
 * @example
 * const { status, lockable } = await readOperator(provider, deployment, { operator });
 */
export async function readOperator(
  provider: Provider,
  deployment: Deployment,
  { operator }: ReadOperatorParameters,
): Promise<OperatorState> {
  const contracts = contractsOf(deployment, provider);
  const { operators, attestations } = contracts;
  return translated(contracts, async () => {
    const [view, bond, exposureCap, lockable] = await Promise.all([
      operators.operator(operator),
      operators.bondOf(operator),
      operators.exposureCap(operator),
      attestations.lockable(operator),
    ]);
    return {
      status: Number(view.status) as OperatorStatus,
      jailedFrom: Number(view.jailedFrom),
      jailedUntil: Number(view.jailedUntil),
      retiredAt: Number(view.retiredAt),
      tombstonedAt: Number(view.tombstonedAt),
      bond,
      exposureCap,
      lockable,
    };
  });
}
