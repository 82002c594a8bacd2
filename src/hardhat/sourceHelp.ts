/** What `--source` takes. */
export const SOURCE_HELP =
  'Where the model is: "lande" or "lande-text" (the npm package, asked with features or with text), or a file in the network format';
