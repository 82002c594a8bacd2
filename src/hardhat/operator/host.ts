import { hostModel } from "../../actions/hostModel.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function host({ signer, deployment }: Session, { model }: { model: string }): Promise<Report> {
  const modelId = idInput<ModelId>("model", model);
  await hostModel(signer, deployment, { modelId });
  const operator = await signer.getAddress();
  return { sentence: `${operator} answers for the model.`, data: { operator, modelId } };
}
