import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Court from "./Court.ts";
import Governance, { ROLES, selectorsOf } from "./Governance.ts";

/** The ModelRegistry. */
export default buildModule("Models", (m) => {
  const { access } = m.useModule(Governance);
  const { court } = m.useModule(Court);
  const models = m.contract("ModelRegistry", [
    access,
    m.getParameter<bigint>("minWindow"),
    m.getParameter<bigint>("protocolMinCoverage"),
    court,
  ]);
  const governed = [models, selectorsOf("models", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "ModelRegistry_Governor" });
  const guarded = [models, selectorsOf("models", ROLES.GUARDIAN), ROLES.GUARDIAN];
  m.call(access, "setTargetFunctionRole", guarded, { id: "ModelRegistry_Guardian" });
  return { models };
});
