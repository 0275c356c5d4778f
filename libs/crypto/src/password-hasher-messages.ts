/** What the password process is asked, one request at a time. */
export type PasswordRequest =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly encoded: string; readonly password: string };

/** `failure` is a sentence for a log: the request could not be carried out by any process. */
export type PasswordAnswer =
  { readonly encoded: string } | { readonly matches: boolean } | { readonly failure: string };
