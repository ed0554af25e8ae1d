export { createPages } from './pages-app.ts';
export { createWebParts, type WebOptions } from './web-parts.ts';
