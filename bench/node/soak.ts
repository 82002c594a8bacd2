export type SoakOptions = { readonly seconds: number; readonly progress: (text: string) => void };
export async function runSoak(_options: SoakOptions): Promise<unknown> {
  throw new Error("not there yet");
}
