/**
 * `npm run deploy -- --network <name> --parameters <file>`: deploys the protocol and hands it over. See `--help`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { Command, Option } from "commander";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import config from "../hardhat.config.ts";
import { CredenceError } from "../src/errors.ts";
import { parseParameters } from "../src/deployment/parameters.ts";
import { progressLines } from "../src/deployment/progress.ts";
import { runDeployment } from "../src/deployment/run.ts";
import { verifySources } from "../src/deployment/verification.ts";

type Options = {
  network: string;
  parameters: string;
  token?: string;
  owner?: string;
  verify?: true;
  json?: true;
};

const root = join(import.meta.dirname, "..");

const program = new Command("npm run deploy --")
  .description(
    "Deploys the protocol through Ignition and hands it over: afterwards the deployer holds no role. Parameters that break " +
      "the protocol's nested windows are refused before anything is sent. An interrupted run is resumed by running again, once what it sent is confirmed.",
  )
  .requiredOption("--network <name>", "network of hardhat.config.ts: localhost, sepolia, base-sepolia")
  .requiredOption("--parameters <file>", "JSON5 file, as ignition/parameters/<network>.json5")
  .option("--token <address>", "stake token that exists already, instead of the file's (or of a new one)")
  .option(
    "--owner <address>",
    "timelock or Safe that becomes governor and administrator, instead of the file's; without either a CredenceGovernor over the vault's votes is deployed, and its timelock becomes owner",
  )
  .option("--verify", "have Etherscan verify the sources afterwards")
  .addOption(
    new Option("--json", "print the address book as JSON, and nothing else, on standard output (npm run -s)").conflicts(
      "verify",
    ),
  )
  .addHelpText(
    "after",
    `
Secrets come from variables that hardhat.config.ts names (SEPOLIA_RPC_URL, SEPOLIA_PRIVATE_KEY, ETHERSCAN_API_KEY, ...): set them in the
environment, or encrypted with "npx hardhat keystore set <NAME>".

Leaves behind:
  deployments/<network>.json           the address book: chain, blocks, addresses, parameters, compiler, constructor arguments
  ignition/deployments/<network>/      Ignition's journal, from which an interrupted run resumes; <network>-token/ for a new token,
                                       <network>-timelock/ and <network>-governor/ for a new governor

Exit code: 0 if the chain is, read back, what the parameters ask for; 1 otherwise, with every difference on standard error.

Examples:
  npx hardhat node --hostname 127.0.0.1          (in another terminal)
  npm run deploy -- --network localhost --parameters ignition/parameters/localhost.json5
  npm run deploy -- --network sepolia --parameters ignition/parameters/sepolia.json5 --owner 0x<Safe> --verify`,
  );

async function main({ network, parameters: path, token, owner, verify, json }: Options): Promise<void> {
  const parameters = parseParameters(await readFile(path, "utf8"), { token, owner });
  const configPath = join(root, "hardhat.config.ts");
  const hre = await createHardhatRuntimeEnvironment(
    config,
    { network, config: configPath, buildProfile: "default" },
    root,
  );
  const chosen = hre.config.networks[network];
  if (chosen?.type !== "http") {
    const known = Object.keys(hre.config.networks).filter((name) => hre.config.networks[name]?.type === "http");
    program.error(`network ${network} is ${chosen?.type ?? "unknown"}, expected one of: ${known.join(", ")}`);
  }
  await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
  const connection = await hre.network.create({ network });
  const directory = join(root, "deployments");
  const target = {
    ...{ hre, connection, directory, deploymentId: network },
    artifacts: new HardhatArtifactResolver(hre.artifacts),
    journals: join(hre.config.paths.ignition, "deployments"),
    progress: progressLines((line) => {
      console.error(line);
    }),
  };
  const book = await runDeployment(target, parameters);

  if (json === true) console.log(JSON.stringify(book, undefined, 2));
  else {
    console.log(`\nDeployed to ${book.network} (chain ${book.chainId}), read back and as asked for:`);
    console.table(book.addresses);
    console.log(
      `Owner: ${book.parameters.owner ?? `${book.addresses.timelock!} (timelock)`}. Address book: ${join(directory, `${network}.json`)}`,
    );
  }
  const failures = verify === true ? await verifySources(() => hre, book) : [];
  for (const failure of failures) console.error(`not verified: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
  await connection.close();
}

try {
  await main(program.parse().opts<Options>());
} catch (error) {
  console.error(error instanceof CredenceError ? `deploy: ${error.message}` : error);
  process.exitCode = 1;
}
