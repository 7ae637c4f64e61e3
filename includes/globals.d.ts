/** What Dataform's compiler puts into the scope of includes. */
declare const dataform: { readonly projectConfig: { readonly vars: { readonly [name: string]: string } } };
/** Project files by their path from the project folder; YAML comes as `{ asJson }`. */
// biome-ignore lint/suspicious/noExplicitAny: the contract's shape is checked by its JSON Schema, not here.
declare function require(path: string): { asJson: any };
