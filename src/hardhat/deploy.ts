import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import type { AddressBook } from "../deployment/addressBook.ts";
import { verifyPackagedSources } from "../deployment/packagedVerification.ts";
import { shippedParameters } from "../deployment/parameterFiles.ts";
import { type Parameters, parseParameters } from "../deployment/parameters.ts";
import { planDeployment, runDeployment } from "../deployment/run.ts";
import type { Target } from "../deployment/target.ts";
import { FatalError } from "../errors.ts";
import { fileInput, InputError } from "./inputs.ts";
import type { Row } from "./cells.ts";
import type { Report } from "./report.ts";
import { reporting } from "./runTask.ts";
import { projectTarget } from "./target.ts";

type Arguments = {
  readonly parameters?: string;
  readonly token?: string;
  readonly owner?: string;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A simulated network is gone when the task ends. */
function requireLasting({ connection, hre }: Target): void {
  const { type } = connection.networkConfig;
  if (type === "http") return;
  const lasting = Object.entries(hre.config.networks).filter(([, config]) => config.type === "http");
  const names = lasting.map(([name]) => name).join(", ") || "none is configured";
  throw new FatalError(
    "NETWORK_NOT_LASTING",
    `network ${connection.networkName} is ${type} and ends with this task, expected one that lasts: ${names}. ` +
      "In tests, use deployCredence of credence/hardhat",
  );
}

async function readParameters(network: string, { parameters: path, token, owner }: Arguments): Promise<Parameters> {
  const file = path ?? shippedParameters(network);
  if (file === undefined) {
    throw new InputError("--parameters", undefined, `a file: none ships for a network named ${network}`);
  }
  return parseParameters(await fileInput("--parameters", file), { token, owner });
}

async function planReport(target: Target, parameters: Parameters): Promise<Report> {
  const { deployer, tokenDecimals, sent } = await planDeployment(target, parameters);
  const { token, owner, guardian, reserve } = parameters;
  return {
    sentence: "Dry run: nothing was sent. The parameters are in order.",
    data: {
      dryRun: true,
      network: target.connection.networkName,
      ...{ deployer, token: token ?? "a new one", tokenDecimals },
      ...{ owner: owner ?? "the timelock of a new governor", guardian, reserve },
      sentBefore: sent,
    },
  };
}

async function verified(hre: HardhatRuntimeEnvironment, book: AddressBook): Promise<void> {
  const failures = await verifyPackagedSources(hre, book);
  if (failures.length === 0) return;
  throw new FatalError("NOT_VERIFIED", ["deployed, but not verified:", ...failures.map((f) => `  - ${f}`)].join("\n"));
}

/** Deploys to the network that the project's configuration or `--network` names. */
export async function deploy(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<unknown> {
  const { json = false, verify = false, dryRun = false } = args;
  return reporting(json, async () => {
    if (json && verify) throw new InputError("--verify", "--json as well", "one of the two: verification prints");
    const target = projectTarget(hre, await hre.network.getOrCreate(), say);
    const { networkName } = target.connection;
    requireLasting(target);
    const parameters = await readParameters(networkName, args);
    const unit = { decimals: 18, symbol: "" }; // an address book holds no amounts but as text
    if (dryRun) return { report: await planReport(target, parameters), unit };
    const book = await runDeployment(target, parameters);
    const sentence = `Deployed to ${book.network} (chain ${book.chainId}), read back and as asked for. Address book: deployments/${networkName}.json`;
    if (verify) await verified(hre, book);
    if (json) return { report: { sentence, data: book as Row }, unit };
    const owner = book.parameters.owner ?? book.addresses.timelock;
    return { report: { sentence, data: { owner, ...book.addresses } }, unit };
  });
}
