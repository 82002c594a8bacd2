import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A stake token of its own, for deployers without one and for local networks; Protocol.ts takes any token's address. */
export default buildModule("Token", (m) => {
  const token = m.contract("CredenceToken", [m.getParameter("treasury"), m.getParameter("supply")]);
  return { token };
});
