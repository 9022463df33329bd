/**
 * The address with the password in it, as the driver takes it: one that is given beside a `connectionString` is lost, for what the address
 * does not say comes after it, as nothing. Only for the driver: addresses are shown in errors. One that brings its own keeps it.
 */
export function withPassword(address: string, password: string | undefined): string {
  const url = new URL(address)
  if (password === undefined || holdsPassword(url)) return address
  url.searchParams.set('password', password)
  return url.href
}

export const holdsPassword = (url: URL): boolean => url.password !== '' || url.searchParams.has('password')
