import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { readConfidence } from "../chain/confidence.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Confidence } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type CheckReceiptParameters = { receipt: Receipt };

/**
 * How sure a published answer is; `Unknown` if it is not published. For one that is not anchored, see `verifyReceipt`.
 * @example
 * const { status, payableNow } = await checkReceipt(provider, deployment, { receipt });
 */
export async function checkReceipt(
  provider: Provider,
  deployment: Deployment,
  { receipt }: CheckReceiptParameters,
): Promise<Confidence> {
  const contracts = contractsOf(deployment, provider);
  return readConfidence(await translated(contracts, () => contracts.attestations.checkReceipt(receipt)));
}
