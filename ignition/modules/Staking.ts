import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance, { ROLES, selectorsOf } from "./Governance.ts";

/** The StakeVault over a stake token that exists. */
export default buildModule("Staking", (m) => {
  const { access } = m.useModule(Governance);
  const token = m.contractAt("CredenceToken", m.getParameter<string>("token"));
  const vault = m.contract("StakeVault", [
    access,
    token,
    m.getParameter<string>("reserve"),
    m.getParameter<bigint>("unbondingPeriod"),
    m.getParameter<bigint>("moduleDelay"),
    m.getParameter<bigint>("minEnroll"),
  ]);
  const governed = [vault, selectorsOf("vault", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "StakeVault_Governor" });
  return { token, vault };
});
