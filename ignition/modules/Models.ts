import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance from "./Governance.ts";

export default buildModule("Models", (m) => {
  const { access } = m.useModule(Governance);
  const models = m.contract("ModelRegistry", [
    access,
    m.getParameter("minWindow"),
    m.getParameter("protocolMinCoverage"),
    m.getParameter("judgementTerms"),
  ]);
  return { models };
});
