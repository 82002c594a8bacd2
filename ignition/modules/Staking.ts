import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance from "./Governance.ts";

export default buildModule("Staking", (m) => {
  const { access } = m.useModule(Governance);
  const vault = m.contract("StakeVault", [
    access,
    m.getParameter("token"),
    m.getParameter("reserve"),
    m.getParameter("unbondingPeriod"),
    m.getParameter("moduleDelay"),
    m.getParameter("minEnroll"),
  ]);
  return { vault };
});
