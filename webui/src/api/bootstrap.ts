// What the page itself carries: upstream's `window.templateArgs`, into which plugins put tabs and tables.

export interface ExtendedTab {
  title: string
  key: string
}

export interface ExtendedTable {
  key: string
  structure: { key: string; title: string }[]
}

/** The part of upstream's template arguments that this UI reads. */
export interface TemplateArgs {
  extended_tabs?: ExtendedTab[] | null
  extended_tables?: ExtendedTable[] | null
  all_profiles?: string[] | null
}

export interface AuthInput {
  label: string
  name: string
  default_value?: string | number | boolean | null
  choices?: string[] | null
  is_multiple?: boolean | null
  is_secret?: boolean | null
  is_required?: boolean | null
}

/** Upstream's `auth_args`: what the login page shows. */
export interface AuthArgs {
  title?: string | null
  error?: string | null
  info?: string | null
  username_password_callback?: string | null
  auth_providers?: { label: string; callback_url: string; icon_url?: string | null }[] | null
  custom_form?: { inputs?: AuthInput[] | null; callback_url: string; submit_button_text?: string | null } | null
}

declare global {
  interface Window {
    templateArgs?: TemplateArgs
    authArgs?: AuthArgs
  }
}

/** Unpacks the arguments of a page that has them compressed, as a large report does. */
export async function unpackTemplateArgs(): Promise<void> {
  const block = document.getElementById('template-args')
  if (!block) return
  const packed = Uint8Array.from(atob(block.textContent), (letter) => letter.charCodeAt(0))
  const text = new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')))
  window.templateArgs = (await text.json()) as TemplateArgs
}
