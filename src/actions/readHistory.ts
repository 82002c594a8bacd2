import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { Offence } from "../protocol/offences.ts";

export type ReadHistoryParameters = { operator: string };

/** How often an operator was punished for one offence. */
export type OffenceTally = {
  count: number;
  /** Of false answers: repeats in a row, each within 90 days of the one before; they make the next jail longer. */
  streak: number;
  /** Of false answers: beginning of the last jail for one, Unix time in seconds; 0: never. */
  jailedAt: number;
  /** Stake token, smallest unit, in all. */
  taken: bigint;
};

/** What an operator cannot leave behind, by the names of `Offence`. */
export type OperatorHistory = Record<keyof typeof Offence, OffenceTally>;

/**
 * Reads for what an operator was punished; zeros for one that never was.
 * @example
 * const { FalseAnswer, Dishonoured } = await readHistory(provider, deployment, { operator });
 */
export async function readHistory(
  provider: Provider,
  deployment: Deployment,
  { operator }: ReadHistoryParameters,
): Promise<OperatorHistory> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => {
    const blockTag = await provider.getBlockNumber();
    const tally = async (offence: Offence): Promise<OffenceTally> => {
      const { count, streak, jailedAt, taken } = await contracts.slashing.history(operator, offence, { blockTag });
      return { count: Number(count), streak: Number(streak), jailedAt: Number(jailedAt), taken };
    };
    const [FalseAnswer, Unresponsive, Equivocation, Dishonoured] = await Promise.all([
      tally(Offence.FalseAnswer),
      tally(Offence.Unresponsive),
      tally(Offence.Equivocation),
      tally(Offence.Dishonoured),
    ]);
    return { FalseAnswer, Unresponsive, Equivocation, Dishonoured };
  });
}
