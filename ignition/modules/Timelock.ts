import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { ZeroAddress } from "ethers";

/**
 * OpenZeppelin's TimelockController, for deployments whose owner is CredenceGovernor's. Anybody executes what is due, and
 * nobody proposes until Governor.ts, which also takes the deployer's administration away. Run before Protocol.ts, which
 * hands over to its address.
 */
export default buildModule("Timelock", (m) => {
  const delay = m.getParameter<bigint>("delay"); // seconds
  return { timelock: m.contract("TimelockController", [delay, [], [ZeroAddress], m.getAccount(0)]) };
});
