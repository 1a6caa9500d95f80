// Whether this phone can keep passkeys: it has a lock, and the site has a name (an address of digits may have none).
export async function keepsPasskeys() {
  if (/^[\d.]+$|:/.test(location.hostname)) return false;
  return Boolean(await window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.());
}
