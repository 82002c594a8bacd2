import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Roles of the AccessManager, contracts/governance/Roles.sol. */
export const Role = { ADMIN: 0n, GOVERNOR: 1n, GUARDIAN: 2n } as const;

/** The authority of all contracts. The deployer administers it until Protocol.ts hands it over. */
export default buildModule("Governance", (m) => {
  const access = m.contract("AccessManager", [m.getAccount(0)]);
  return { access };
});
