import { unhostModel } from "../../actions/unhostModel.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function unhost({ signer, deployment }: Session, { model }: { model: string }): Promise<Report> {
  const modelId = idInput<ModelId>("model", model);
  await unhostModel(signer, deployment, { modelId });
  const operator = await signer.getAddress();
  return { sentence: `${operator} answers for the model no more.`, data: { operator, modelId } };
}
