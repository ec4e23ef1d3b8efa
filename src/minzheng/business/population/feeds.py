"""The population base list as a feed (人口底册). The claim itself is the record."""

from minzheng.exchange.declare import Basis, Column, Feed, PersonParty, register

persons = register(
    Feed(
        key="persons",
        label="人口底册",
        business_code="26",
        division=Column("person_hukou_division_code"),
        basis=Basis.HUKOU,
        goes_with=("person",),
        persons=(
            PersonParty(
                role="person",
                label="本人",
                household="hukou",
                says={
                    "name": Column("person_person_name"),
                    "id_number": Column("person_citizen_id_number"),
                    "sex_code": Column("person_sex_code"),
                    "birth_date": Column("person_birth_date"),
                    "ethnic_code": Column("person_ethnic_code"),
                    "hukou_division_code": Column("person_hukou_division_code"),
                    "hukou_address": Column("person_hukou_address"),
                    "residence_address": Column("person_residence_address"),
                    "phone": Column("person_phone"),
                    "marital_status_code": Column("person_marital_status_code"),
                    "education_code": Column("person_education_code"),
                    "relation_to_head_code": Column("person_relation_to_head_code"),
                    "household_key": Column("head_citizen_id_number"),
                },
                # The police are the authority on who someone is and where he is registered.
                authority={
                    "name": 10, "id_number": 10, "sex_code": 10, "birth_date": 10, "ethnic_code": 10,
                    "hukou_division_code": 10, "hukou_address": 10, "household_key": 10, "relation_to_head_code": 10,
                },
            ),
        ),
    )
)  # fmt: skip
