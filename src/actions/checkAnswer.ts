import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { readConfidence } from "../chain/confidence.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Confidence, Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type CheckAnswerParameters = { leaf: Leaf };

/**
 * How sure the answer at a leaf is. A bad leaf reads `Unknown`; a published answer is known by its receipt alone.
 * @example
 * const { status, backed } = await checkAnswer(provider, deployment, { leaf });
 */
export async function checkAnswer(
  provider: Provider,
  deployment: Deployment,
  { leaf }: CheckAnswerParameters,
): Promise<Confidence> {
  const contracts = contractsOf(deployment, provider);
  return readConfidence(await translated(contracts, () => contracts.attestations.check(leaf)));
}
