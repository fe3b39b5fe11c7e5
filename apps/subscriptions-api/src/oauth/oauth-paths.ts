/** The token endpoint, under both names that the documentation gives it. */
export const TOKEN_PATHS = ['/token', '/oauth2/token'];

export const INTROSPECTION_PATH = '/oauth2/me';
