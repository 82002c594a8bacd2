import type { Command } from "commander";

const EXAMPLES = `
Keys are encrypted JSON keystores (version 3), as geth and other wallets read and write them, readable by their owner
only. An existing file is never overwritten. A key or a password is never an argument, which others could see in the
list of processes: it is asked for on the terminal, or read from a file.

Examples:
  credence keys new operator-key.json
  credence keys new juror-key.json --password-file juror-password
  credence keys import old-key.json
  credence keys address juror-key.json`;

type Options = { passwordFile?: string; keyFile?: string; json?: boolean };

/** `credence keys …` */
export function addKeysCommands(program: Command): void {
  const keys = program
    .command("keys")
    .description("makes and reads encrypted keystores")
    .addHelpText("after", EXAMPLES);

  keys
    .command("new")
    .description("make a new key")
    .argument("<file>", "where to write the keystore")
    .option("--password-file <file>", "file that holds the password; asked for unless given")
    .option("--json", "for programs")
    .action(async (file: string, options: Options) => {
      const { newKey } = await import("./keys.ts");
      await newKey(file, options);
    });

  keys
    .command("import")
    .description("encrypt a private key that exists")
    .argument("<file>", "where to write the keystore")
    .option("--key-file <file>", "file that holds the private key as hex; asked for unless given")
    .option("--password-file <file>", "file that holds the password; asked for unless given")
    .option("--json", "for programs")
    .action(async (file: string, options: Options) => {
      const { importKey } = await import("./keys.ts");
      await importKey(file, options);
    });

  keys
    .command("address")
    .description("the address of a keystore's key; the password is not needed")
    .argument("<file>", "keystore")
    .option("--json", "for programs")
    .action(async (file: string, options: Options) => {
      const { printAddress } = await import("./keys.ts");
      await printAddress(file, options);
    });
}
