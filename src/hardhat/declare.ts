/** Declares tasks to Hardhat; what they do is imported when they run. */
import { emptyTask } from "hardhat/config";
import { ArgumentType, type OptionDefinition, type PositionalArgumentDefinition } from "hardhat/types/arguments";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { type TaskDefinition, TaskDefinitionType } from "hardhat/types/tasks";

import type { ReadingTask, Task } from "./runTask.ts";

type Words = Readonly<Record<string, string>>;

/** Names and descriptions of what can be typed after a task. */
type Declaration<Positional extends string, Optional extends string, Options extends string> = {
  /** After `credence`. */
  readonly id: readonly string[];
  readonly description: string;
  /** In order. */
  readonly positional?: Readonly<Record<Positional, string>>;
  /** In order, after `positional`. */
  readonly optional?: Readonly<Record<Optional, string>>;
  readonly options?: Readonly<Record<Options, string>>;
};

/** What a task is handed. */
type Given<Positional extends string, Optional extends string, Options extends string> = {
  readonly [Name in Positional]: string;
} & { readonly [Name in Optional | Options]?: string };

/** Hardhat's own word for an argument that was left out. */
const ABSENT = "";

export const flag = (name: string, description: string): OptionDefinition => ({
  ...{ name, description },
  type: ArgumentType.FLAG,
  defaultValue: false,
});

export const option = (name: string, description: string): OptionDefinition => ({
  ...{ name, description },
  type: ArgumentType.STRING_WITHOUT_DEFAULT,
  defaultValue: undefined,
});

export const JSON_FLAG = flag("json", "Print JSON in one line, and nothing else, on standard output");
const FROM = option("from", "Account that sends: its address, or its index in the network's configuration. Default: 0");
export const DRY_RUN = flag("dryRun", "Simulate, show what would be sent first, and send nothing");

/** Every task of the plugin begins with this. */
const ROOT = "credence";

type Runner = (args: Record<string, unknown>, hre: HardhatRuntimeEnvironment) => Promise<unknown>;

/** A task that is run by whatever `load` gives. */
export function declare(
  { id, description, positional = {}, optional = {} }: Declaration<string, string, string>,
  options: readonly OptionDefinition[],
  load: () => Promise<Runner>,
): TaskDefinition {
  const place = ([name, text]: [string, string], isOptional: boolean): PositionalArgumentDefinition => ({
    ...{ name, description: text, type: ArgumentType.STRING, isVariadic: false },
    ...(isOptional ? { defaultValue: ABSENT } : {}),
  });
  return {
    type: TaskDefinitionType.NEW_TASK,
    id: [ROOT, ...id],
    description,
    options: Object.fromEntries(options.map((definition) => [definition.name, definition])),
    positionalArguments: [
      ...Object.entries(positional).map((entry) => place(entry, false)),
      ...Object.entries(optional).map((entry) => place(entry, true)),
    ],
    action: async () => {
      const run = await load();
      return {
        default: async (args, hre) => {
          const given = Object.entries(args).filter(([name, value]) => !(name in optional && value === ABSENT));
          return run(Object.fromEntries(given), hre);
        },
      };
    },
  };
}

const listed = (options: Words = {}): OptionDefinition[] =>
  Object.entries(options).map(([name, description]) => option(name, description));

/** A task that reads. */
export function reading<
  Positional extends string = never,
  Optional extends string = never,
  Options extends string = never,
>(
  declaration: Declaration<Positional, Optional, Options>,
  load: () => Promise<ReadingTask<Given<Positional, Optional, Options>>>,
): TaskDefinition {
  return declare(declaration, [...listed(declaration.options), JSON_FLAG], async () => {
    const [{ runReading }, task] = await Promise.all([import("./runTask.ts"), load()]);
    return (args, hre) => runReading(task, args as Given<Positional, Optional, Options>, hre);
  });
}

/** A task that sends transactions. */
export function sending<
  Positional extends string = never,
  Optional extends string = never,
  Options extends string = never,
>(
  declaration: Declaration<Positional, Optional, Options>,
  load: () => Promise<Task<Given<Positional, Optional, Options>>>,
): TaskDefinition {
  return declare(declaration, [...listed(declaration.options), FROM, DRY_RUN, JSON_FLAG], async () => {
    const [{ runSending }, task] = await Promise.all([import("./runTask.ts"), load()]);
    return (args, hre) => runSending(task, args as Given<Positional, Optional, Options>, hre);
  });
}

/** A level of tasks that only lists what is below it. */
export function level(id: readonly string[], description: string): TaskDefinition {
  return emptyTask([ROOT, ...id], description).build();
}
