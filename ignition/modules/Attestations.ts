import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance, { ROLES, selectorsOf } from "./Governance.ts";
import Models from "./Models.ts";
import Operators from "./Operators.ts";
import Staking from "./Staking.ts";

/** The AttestationRegistry. */
export default buildModule("Attestations", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const { operators } = m.useModule(Operators);
  const { models } = m.useModule(Models);
  const attestations = m.contract("AttestationRegistry", [access, vault, operators, models]);
  const guarded = [attestations, selectorsOf("attestations", ROLES.GUARDIAN), ROLES.GUARDIAN];
  m.call(access, "setTargetFunctionRole", guarded, { id: "AttestationRegistry_Guardian" });
  return { attestations };
});
