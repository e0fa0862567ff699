SELECT * FROM medication_orders
