import type { Command } from "commander";

import { runProgram } from "./runProgram.ts";
import { writeTemplate } from "./writeTemplate.ts";

const FILE = "operator.json5";

const EXAMPLES = `
Examples:
  credence operator init
  credence config check operator ${FILE}
  credence operator run --config ${FILE}`;

/** `credence operator …` */
export function addOperatorCommands(program: Command): void {
  const operator = program
    .command("operator")
    .description("answers, signs, anchors, defends its answers")
    .addHelpText("after", EXAMPLES);

  operator
    .command("init")
    .description("write a configuration file to be filled in")
    .argument("[file]", "where to write it", FILE)
    .action(async (file: string) => {
      const { OPERATOR_TEMPLATE } = await import("./templates/operator.ts");
      await writeTemplate(file, OPERATOR_TEMPLATE);
    });

  operator
    .command("run")
    .description("run until SIGINT or SIGTERM; the log goes to standard output")
    .option("-c, --config <file>", "configuration file", FILE)
    .action(async ({ config: configPath }: { config: string }) => {
      const { startOperator: start } = await import("../operator/main.ts");
      const { operatorSchema: schema } = await import("../operator/config.ts");
      await runProgram({ program: "operator", configPath, schema, start });
    });
}
