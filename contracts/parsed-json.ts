/** The value of a JSON text; undefined where it is none. Its words about what is wrong would quote the text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
