import { createRequire } from "node:module";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

const require = createRequire(import.meta.url);

/** Depth of the Solidity fuzz and invariant tests; CI uses the defaults, a long run raises them. */
const fuzzRuns = Number(process.env.CREDENCE_FUZZ_RUNS ?? 256);
const invariantRuns = Number(process.env.CREDENCE_INVARIANT_RUNS ?? 32);
const invariantDepth = Number(process.env.CREDENCE_INVARIANT_DEPTH ?? 64);

/** solc's codes for what tests may do: leave out `view` or `pure`, and be larger than a deployed contract can be. */
const ALLOWED_IN_TESTS = ["2018", "3860", "5574"];

/**
 * Makes a compiler warning of our own an error and drops those of dependencies (and all of them in a coverage build, whose
 * code is not ours alone). solc reports at most 256 warnings and forge-std exceeds that, so that only
 * `hardhat build --force --no-tests` is sure to show every warning of our own; `npm run check:build` runs it.
 * Also sorts the artifacts in place before TypeChain reads them, for the order Hardhat gives them in varies between builds.
 */
const strictBuild: HardhatPlugin = {
  id: "credence-strict-build",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        invokeSolc: async (context, compiler, input, config, next) => {
          const output = await next(context, compiler, input, config);
          const errors = output.errors?.flatMap((error) => {
            if (error.severity === "error") return [error];
            const { file = "" } = (error as { sourceLocation?: { file: string } }).sourceLocation ?? {};
            const isOurs = file.startsWith("project/") && !file.startsWith("project/node_modules/");
            if (!isOurs || context.globalOptions.coverage) return [];
            if (file.startsWith("project/test/") && ALLOWED_IN_TESTS.includes(error.errorCode ?? "")) return [];
            const formattedMessage = error.formattedMessage?.replace(/^Warning/, "Error (a warning of solc)");
            return [{ ...error, type: "Error", severity: "error" as const, formattedMessage }];
          });
          return { ...output, errors };
        },
        processArtifactsAfterSuccessfulBuild: async (_context, artifactPaths) => {
          (artifactPaths as string[]).sort();
        },
      }),
    }),
  },
};

export default defineConfig({
  plugins: [strictBuild, hardhatToolbox],
  solidity: {
    version: "0.8.37",
    path: require.resolve("solc/soljson.js"),
    settings: {
      optimizer: { enabled: true, runs: 200 },
      viaIR: true,
      evmVersion: "cancun",
      metadata: { bytecodeHash: "none" },
    },
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "@openzeppelin/contracts/governance/TimelockController.sol",
      "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol",
    ],
  },
  paths: {
    sources: { solidity: ["./contracts", "./examples/consumers"] },
    tests: { solidity: "./test", mocha: "./test" },
  },
  typechain: { outDir: "typechain-types", tsNocheck: true },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    sepolia: {
      type: "http",
      chainType: "l1",
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("SEPOLIA_PRIVATE_KEY")],
    },
    "base-sepolia": {
      type: "http",
      chainType: "op",
      url: configVariable("BASE_SEPOLIA_RPC_URL"),
      accounts: [configVariable("BASE_SEPOLIA_PRIVATE_KEY")],
    },
  },
  test: {
    solidity: {
      fuzz: { runs: fuzzRuns },
      invariant: { runs: invariantRuns, depth: invariantDepth, failOnRevert: false },
    },
    mocha: { timeout: 120_000 },
  },
});
