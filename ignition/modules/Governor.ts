import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id, ZeroHash } from "ethers";

/** Role ids of the TimelockController. */
export const TIMELOCK_ROLES = {
  ADMIN: ZeroHash,
  PROPOSER: id("PROPOSER_ROLE"),
  CANCELLER: id("CANCELLER_ROLE"),
  EXECUTOR: id("EXECUTOR_ROLE"),
} as const;

/**
 * CredenceGovernor over the votes of a vault, as the only proposer and canceller of a timelock that exists; the deployer
 * gives up its administration of it. Run after Protocol.ts, which deploys the vault.
 */
export default buildModule("Governor", (m) => {
  const timelock = m.contractAt("TimelockController", m.getParameter<string>("timelock"));
  const governor = m.contract("CredenceGovernor", [
    m.getParameter<string>("vault"),
    timelock,
    m.getParameter<bigint>("votingDelay"),
    m.getParameter<bigint>("votingPeriod"),
    m.getParameter<bigint>("threshold"),
    m.getParameter<bigint>("quorumPercent"),
  ]);
  const proposer = m.call(timelock, "grantRole", [TIMELOCK_ROLES.PROPOSER, governor], { id: "GrantProposer" });
  const canceller = m.call(timelock, "grantRole", [TIMELOCK_ROLES.CANCELLER, governor], {
    id: "GrantCanceller",
    after: [proposer],
  });
  m.call(timelock, "renounceRole", [TIMELOCK_ROLES.ADMIN, m.getAccount(0)], { after: [canceller] });
  return { governor };
});
