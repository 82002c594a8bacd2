import { setExposureCap } from "../../actions/setExposureCap.ts";
import { Amount, Time } from "../cells.ts";
import { amountInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function cap({ signer, deployment, unit }: Session, args: { cap: string }): Promise<Report> {
  const exposureCap = amountInput("cap", args.cap, unit);
  const effectiveAt = await setExposureCap(signer, deployment, { exposureCap });
  return {
    sentence: "The exposure cap is set.",
    data: { exposureCap: new Amount(exposureCap), effectiveAt: new Time(effectiveAt) },
  };
}
