import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance, { ROLES, selectorsOf } from "./Governance.ts";
import Staking from "./Staking.ts";

/** What a case is like, as contracts/court/ICourt.sol's `Config`: seconds, and the stake token's smallest unit. */
export type CourtConfig = {
  readonly evidence: bigint;
  readonly rounds: {
    readonly seats: bigint;
    readonly seeding: bigint;
    readonly commit: bigint;
    readonly reveal: bigint;
    readonly appeal: bigint;
    readonly fee: bigint;
    readonly seatRiskFees: bigint;
    readonly voteRiskBps: bigint;
  }[];
};

/** The Court, the rules of its configs and the blockhash adapter for its seeds. */
export default buildModule("Court", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const rules = [vault, m.getParameter<bigint>("maturity"), m.getParameter<bigint>("minWindow")];
  const configRules = m.contract("ConfigRules", rules);
  const seedSource = m.contract("BlockhashSeedSource");
  const court = m.contract("Court", [access, configRules, seedSource, m.getParameter<bigint>("totalFloor")]);
  const configs = m.call(court, "addConfigs", [m.getParameter<CourtConfig[]>("configs")]);
  const governed = [court, selectorsOf("court", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "Court_Governor", after: [configs] });
  return { configRules, seedSource, court };
});
