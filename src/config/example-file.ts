export function exampleFile(): string {
  return '';
}
