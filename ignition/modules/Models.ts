import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance, { ROLES, selectorsOf } from "./Governance.ts";

/** The ModelRegistry. */
export default buildModule("Models", (m) => {
  const { access } = m.useModule(Governance);
  const models = m.contract("ModelRegistry", [
    access,
    m.getParameter<bigint>("minWindow"),
    m.getParameter<bigint>("protocolMinCoverage"),
    m.getParameter<string>("judgementTerms"),
  ]);
  const governed = [models, selectorsOf("models", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "ModelRegistry_Governor" });
  const guarded = [models, selectorsOf("models", ROLES.GUARDIAN), ROLES.GUARDIAN];
  m.call(access, "setTargetFunctionRole", guarded, { id: "ModelRegistry_Guardian" });
  return { models };
});
