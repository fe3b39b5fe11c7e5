/** The ids of the documentation's own samples; they are no valid UUIDs, and receivers see such. */
export const ORGANIZATION_ID = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
export const ORDER_ID = 'd4e5f6a7-b8c9-0123-defa-234567890123';
export const LOCATION_ID = 'f0a1b2c3-d4e5-6789-f0ab-123456789012';
export const SHIPPING_METHOD_ID = 'f6a7b8c9-d0e1-2345-fabc-456789012345';
export const VARIANT_ID = 'd4e5f6a7-b8c9-0123-defa-234567890123';
export const PRODUCT_ID = 'c3d4e5f6-a7b8-9012-cdef-345678901234';
export const COLLECTION_ID = 'x5y6z7a8-b9c0-1234-defa-567890123456';
export const VENDOR_ID = 'd1e2f3a4-b5c6-7890-defa-123456789012';
export const SUPPLIER_ID = 'h8i9j0k1-l2m3-4567-nopq-901234567890';
