/** HTML in which every value is escaped: what `html` of Hono makes. Names and tags come from whoever calls the API. */
import type { html } from 'hono/html';

export type Markup = ReturnType<typeof html>;
