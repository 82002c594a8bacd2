import type { Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { OPEN_ENDED } from "../protocol/operators.ts";

/**
 * Makes the signer a juror: its active stake carries votes, and the court may lock what its ballots risk. What is so
 * already is left alone. Votes count in cases that open once they are as old as the court's `MATURITY`.
 * @throws ContractError for example `EnrollMinimum`.
 * @example
 * await enroll(signer, deployment);
 */
export async function enroll(signer: Signer, deployment: Deployment): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  const { vault } = contracts;
  const account = await signer.getAddress();
  const [{ enrolled }, until] = await translated(contracts, () =>
    Promise.all([vault.account(account), vault.optedInUntil(account, deployment.court)]),
  );
  if (!enrolled) await send(contracts, vault.enroll);
  if (until !== BigInt(OPEN_ENDED)) await send(contracts, vault.optIn, deployment.court);
}
