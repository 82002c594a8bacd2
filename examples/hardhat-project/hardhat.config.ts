import { createRequire } from "node:module";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import credence from "credence/hardhat";
import { configVariable, defineConfig } from "hardhat/config";

// The compiler comes from npm too: nothing is downloaded. Leave `path` away to have Hardhat download it.
const path = createRequire(import.meta.url).resolve("solc/soljson.js");

export default defineConfig({
  plugins: [hardhatToolbox, credence],
  solidity: {
    version: "0.8.37",
    path,
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun" },
  },
  networks: {
    // npx hardhat node --hostname 127.0.0.1
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    // npx hardhat keystore set SEPOLIA_RPC_URL; npx hardhat keystore set SEPOLIA_PRIVATE_KEY
    sepolia: {
      type: "http",
      chainType: "l1",
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("SEPOLIA_PRIVATE_KEY")],
    },
  },
  credence: {
    // A deployment that somebody else made: its address book. Without this, tasks read what
    // `npx hardhat credence deploy --network sepolia` wrote, deployments/sepolia.json.
    // deployments: { sepolia: "credence-sepolia.json" },
  },
});
