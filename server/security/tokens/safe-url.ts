/** Keys that came on a way that others can write on would be anybody's; this machine is none. */
export const isSafe = (url: string): boolean =>
  URL.canParse(url) &&
  (url.startsWith('https:') || /^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/.test(url));
