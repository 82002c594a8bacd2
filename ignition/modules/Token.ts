import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A new stake token, for deployers that bring none. Run before Protocol.ts, which takes the address of any token. */
export default buildModule("Token", (m) => {
  const treasury = m.getParameter<string>("treasury");
  const supply = m.getParameter<bigint>("supply"); // smallest units of a token of 18 decimals
  return { token: m.contract("CredenceToken", [treasury, supply]) };
});
