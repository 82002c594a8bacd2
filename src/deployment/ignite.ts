import {
  deploy,
  DeploymentResultType,
  type DeploymentParameters,
  type IgnitionModule,
  type IgnitionModuleResult,
} from "@nomicfoundation/ignition-core";
import { errorDeploymentResultToExceptionMessage } from "@nomicfoundation/hardhat-ignition/helpers";
import { getAddress } from "ethers";

import { FatalError } from "../errors.ts";
import { journalPath, type Target } from "./target.ts";

/**
 * Runs one Ignition module with the target's artifacts, which need not be those of the project that Hardhat runs in, and
 * with the project's settings for Ignition and for the network.
 * @param journal - Name of the module's journal; what it says was done is not done again.
 * @returns addresses by the names of the module's results.
 * @throws FatalError `DEPLOYMENT_FAILED` with what Ignition says of each future that failed or timed out.
 */
export async function ignite<Name extends string>(
  target: Target,
  ignitionModule: IgnitionModule<string, string, IgnitionModuleResult<string> & Record<Name, unknown>>,
  deploymentParameters: DeploymentParameters,
  journal: string,
): Promise<Record<Name, string>> {
  const { hre, connection, artifacts, progress } = target;
  const { provider, networkConfig } = connection;
  const { maxRetries, retryInterval, maxFeePerGasLimit, maxPriorityFeePerGas } = networkConfig.ignition;
  const result = await deploy({
    config: {
      ...hre.config.ignition,
      ...(maxRetries === undefined ? {} : { maxRetries }),
      ...(retryInterval === undefined ? {} : { retryInterval }),
    },
    provider,
    deploymentDir: journalPath(target, journal),
    ...(progress === undefined ? {} : { executionEventListener: progress }),
    artifactResolver: artifacts,
    ignitionModule,
    deploymentParameters,
    accounts: (await provider.request({ method: "eth_accounts" })) as string[],
    ...(maxFeePerGasLimit === undefined ? {} : { maxFeePerGasLimit }),
    ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas }),
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new FatalError("DEPLOYMENT_FAILED", errorDeploymentResultToExceptionMessage(result));
  }
  const entries = Object.entries(ignitionModule.results).map(([name, { id }]) => [
    name,
    getAddress(result.contracts[id]!.address),
  ]);
  return Object.fromEntries(entries) as Record<Name, string>;
}
