import { registerOperator } from "../../actions/registerOperator.ts";
import { Amount } from "../cells.ts";
import { amountInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function register(
  { signer, deployment, unit }: Session,
  { uri, cap }: { uri: string; cap: string },
): Promise<Report> {
  const exposureCap = amountInput("cap", cap, unit);
  const bond = await registerOperator(signer, deployment, { metadataURI: uri, exposureCap });
  const operator = await signer.getAddress();
  return {
    sentence: `${operator} is registered as an operator.`,
    data: { operator, metadataURI: uri, exposureCap: new Amount(exposureCap), bond: new Amount(bond) },
  };
}
